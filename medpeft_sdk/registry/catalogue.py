"""What plugins registered, by kind and name, each with its origin."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from medpeft_sdk.errors import MedpeftError, PluginError, SpecError, unknown_name
from medpeft_sdk.specs import NamedSpec, Origin, can_be_shown, split_options

DISTRIBUTION = "medpeft-sdk"
S = TypeVar("S", bound=NamedSpec)


def load_object(address: str, *, origin: Origin) -> Any:
    """Imports ``"package.module:Name"``.

    Raises:
        PluginError: The module cannot be imported or lacks the name.
    """
    module, _, name = address.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    # A module may raise anything at all when imported, SystemExit too.
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"the {origin.kind} '{origin.name}' cannot be loaded: {type(error).__name__}: {error}",
            where=f"{address}, of {origin.distribution} {origin.version}",
            expected="a module that imports, with that name in it",
            mend=f"reinstall {origin.distribution}, or tell its authors",
        ) from error


@dataclass(frozen=True)
class Entry(Generic[S]):
    """A registered thing: its spec, where its implementation is, and who registered it."""

    spec: S
    address: str | None
    origin: Origin

    def load(self) -> Any:
        """Imports the implementation; raises `PluginError` where that fails."""
        if self.address is None:
            raise PluginError(f"the {self.origin.kind} '{self.origin.name}' has no implementation")
        return load_object(self.address, origin=self.origin)


@dataclass(frozen=True)
class Namespace(Generic[S]):
    """All names with one prefix, such as ``timm/``: specs are made when a name is asked for.

    Attributes:
        resolver: Address of a function that takes the whole name and returns its spec.
        example: A name a user could type.
    """

    prefix: str
    resolver: str
    address: str
    origin: Origin
    description: str
    example: str

    def entry(self, name: str) -> Entry[S]:
        """Makes the spec of one name; raises whatever error the resolver has for it."""
        resolve = load_object(self.resolver, origin=self.origin)
        origin = self.origin.model_copy(update={"name": name})
        return Entry(spec=resolve(name), address=self.address, origin=origin)


@dataclass
class Catalogue(Generic[S]):
    """All registered things of one kind."""

    kind: str
    _entries: dict[str, list[Entry[S]]] = field(default_factory=dict[str, list[Entry[S]]])
    _namespaces: dict[str, list[Namespace[S]]] = field(
        default_factory=dict[str, list[Namespace[S]]]
    )

    def add(self, item: Entry[S] | Namespace[S]) -> None:
        """Adds an item; a second one under the same name makes the name a conflict."""
        if isinstance(item, Namespace):
            self._namespaces.setdefault(item.prefix, []).append(item)
        else:
            self._entries.setdefault(item.origin.name, []).append(item)

    def __iter__(self) -> Iterator[Entry[S]]:
        """Iterates over the entries that have their name for themselves, by name."""
        return (claims[0] for _, claims in sorted(self._entries.items()) if len(claims) == 1)

    @property
    def namespaces(self) -> tuple[Namespace[S], ...]:
        """The namespaces that have their prefix for themselves."""
        return tuple(
            claims[0] for _, claims in sorted(self._namespaces.items()) if len(claims) == 1
        )

    @property
    def names(self) -> tuple[str, ...]:
        """All names that `get` answers, namespaces aside."""
        return tuple(entry.origin.name for entry in self)

    @property
    def conflicts(self) -> tuple[PluginError, ...]:
        """One error for each name that several plugins claim."""
        claimed = {**self._entries, **self._namespaces}
        return tuple(
            self._conflict(name, [c.origin for c in claims])
            for name, claims in sorted(claimed.items())
            if len(claims) > 1
        )

    def get(self, name: str, *, where: str | None = None) -> Entry[S]:
        """Looks a name up, with the options that may follow it, as in ``name,option=value``.

        Raises:
            UnknownNameError: Nothing has that name; near names are suggested.
            PluginError: Several plugins claim the name.
            SpecError: An option is not declared, or its value is not allowed; or the name holds a
                character that cannot be shown.
        """
        if not can_be_shown(name):
            raise SpecError(
                f"the name of a {self.kind} holds a character that cannot be shown: {name!r}",
                where=where if where and can_be_shown(where) else None,
                expected="a name without line breaks and other control characters",
                mend="rename what it names, if it is a folder or a file",
            )
        base, options = split_options(name)
        entry = self._get(base, where=where)
        if not options:
            return entry
        return replace(entry, spec=entry.spec.variant(options, where=where))

    def _get(self, name: str, *, where: str | None) -> Entry[S]:
        claims = self._entries.get(name, [])
        if len(claims) == 1:
            return claims[0]
        if claims:
            raise self._conflict(name, [c.origin for c in claims])
        for prefix, spaces in self._namespaces.items():
            if name.startswith(prefix):
                if len(spaces) > 1:
                    raise self._conflict(prefix, [s.origin for s in spaces])
                return _found(spaces[0], name, where)
        patterns = [f"{n.prefix}…" for n in self.namespaces]
        known, lister = [*self.names, *patterns], f"medpeft list {self.kind}s"
        error = unknown_name(self.kind, name, known, where=where, lister=lister)
        if whole := self._with_prefix(name):
            error.mend = f"did you mean {whole}?"
        if name.partition(",")[0] in self._entries:
            error.mend = f"give the option a value: {name}=…"
        raise error

    def _with_prefix(self, name: str) -> str | None:
        """Returns the name with the library that it lacks, if that library knows it."""
        for space in self.namespaces:
            if space.prefix.endswith("/"):
                with suppress(MedpeftError):
                    return space.entry(space.prefix + name).spec.name
        return None

    def _conflict(self, name: str, origins: list[Origin]) -> PluginError:
        claimants = [f"{o.distribution} {o.version}" for o in origins]
        outside = [o.distribution for o in origins if o.distribution != DISTRIBUTION]
        return PluginError(
            f"the {self.kind} name '{name}' is claimed by {' and by '.join(claimants)}",
            where="the installed plugins",
            expected="one plugin for a name; neither is used",
            mend=f"medpeft plugins disable {outside[-1]}" if outside else None,
        )


def _found(space: Namespace[S], name: str, where: str | None) -> Entry[S]:
    """Asks a namespace, which does not know where its names stand."""
    try:
        return space.entry(name)
    except MedpeftError as error:
        error.where = error.where or where
        raise


class Registrar(Generic[S]):
    """What a registration hook is handed as ``register``: it checks what comes in."""

    def __init__(self, kind: str, spec_type: type[S], distribution: str, version: str) -> None:
        self._kind, self._spec_type = kind, spec_type
        self._distribution, self._version = distribution, version
        self.items: list[Entry[S] | Namespace[S]] = []

    def __call__(self, spec: S, address: str | None = None) -> None:
        """Registers one thing.

        Args:
            spec: What it is.
            address: Its implementation, as ``"package.module:Name"``; imported when needed.

        Raises:
            PluginError: The spec is of another kind, or the address has another form.
        """
        if not isinstance(spec, self._spec_type):
            raise PluginError(
                f"register was handed a {type(spec).__name__}",
                where=f"medpeft_register_{self._kind}s of {self._distribution} {self._version}",
                expected=f"a {self._spec_type.__name__}",
            )
        address = self._checked(address, spec.name)
        self.items.append(Entry(spec, address, self._origin(spec.name)))

    def namespace(
        self, prefix: str, *, resolver: str, address: str, description: str, example: str
    ) -> None:
        """Registers all names with a prefix; ``resolver`` names a function from name to spec."""
        origin = self._origin(prefix)
        self._checked(resolver, prefix)
        self._checked(address, prefix)
        self.items.append(Namespace(prefix, resolver, address, origin, description, example))

    def _origin(self, name: str) -> Origin:
        return Origin(
            kind=self._kind, name=name, distribution=self._distribution, version=self._version
        )

    def _checked(self, address: str | None, name: str) -> str | None:
        if address is not None and address.count(":") != 1:
            raise PluginError(
                f"the {self._kind} '{name}' was registered with the address '{address}'",
                where=f"{self._distribution} {self._version}",
                expected='"package.module:Name"',
            )
        return address
