const button = document.getElementById("theme");
const themes = { system: "as the system's", light: "light", dark: "dark" };
const names = Object.keys(themes);

function show(name) {
  document.documentElement.dataset.theme = name;
  button.querySelector("span").textContent = themes[name];
}

button.hidden = false;
show("system");
button.addEventListener("click", () => {
  const at = names.indexOf(document.documentElement.dataset.theme);
  show(names[(at + 1) % names.length]);
});
