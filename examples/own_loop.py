"""A training loop of one's own around a method of medpeft-sdk. Runs offline, in half a minute.

python examples/own_loop.py
"""

import torch
import torch.nn.functional as F

import medpeft_sdk


def draw(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Draws noisy images of round (0) and of spiky (1) masses, 64 pixels wide."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 2
    y, x = torch.meshgrid(torch.linspace(-1, 1, 64), torch.linspace(-1, 1, 64), indexing="ij")
    centre = torch.empty(count, 2, 1, 1).uniform_(-0.3, 0.3, generator=generator)
    phase = torch.empty(count, 1, 1).uniform_(0, 6.3, generator=generator)
    dx, dy = x - centre[:, 0], y - centre[:, 1]
    spikes = 0.15 * labels[:, None, None] * torch.sin(9 * torch.atan2(dy, dx) + phase)
    mass = torch.sigmoid(20 * (0.4 + spikes - torch.hypot(dx, dy)))
    noise = torch.randn(mass.shape, generator=generator)
    return (0.5 - mass + 0.5 * noise)[:, None].expand(-1, 3, -1, -1), labels


def accuracy(model: torch.nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Returns the share of images that are classified rightly."""
    model.eval()
    with torch.inference_mode():
        return (model(images).argmax(1) == labels).float().mean().item()


images, labels = draw(64, seed=0)
test_images, test_labels = draw(256, seed=1)

# Any network of timm will do: timm.create_model("resnet50", pretrained=True, num_classes=2)
torch.manual_seed(0)
model = medpeft_sdk.load_backbone("embedded/vit_1m", num_classes=2)
adapted = medpeft_sdk.adapt(model, "lora", rank=4, seed=0)
counts = adapted.parameter_report()
print(f"training {counts.trainable:,} of {counts.total:,} parameters")

optimiser = torch.optim.AdamW(adapted.trainable_parameters(), lr=adapted.spec.learning_rate)
for step in range(1, 61):
    adapted.train_mode()
    batch = torch.randperm(len(images))[:32]
    loss = F.cross_entropy(adapted.model(images[batch]), labels[batch])
    loss.backward()
    optimiser.step()
    optimiser.zero_grad()
    if step % 20 == 0:
        print(f"step {step}: loss {loss:.3f}")
print(f"test accuracy {accuracy(adapted.model, test_images, test_labels):.3f}")

adapted.save("own-loop-adapter")
fresh = medpeft_sdk.load_backbone("embedded/vit_1m", num_classes=2)
loaded = medpeft_sdk.load_adapter(fresh, "own-loop-adapter")
merged = loaded.merge()
print(f"loaded and merged: {accuracy(merged, test_images, test_labels):.3f}")
