"""From LLVM's code to functions one can call, kept on disk so that only the first run of a shape compiles.

The file's name is a digest of all that the machine code depends on: what is written, the sources that write it, the
processor and the version of LLVM. It stands beside the package's other compiled code, or in the user's cache where that
folder cannot be written; where neither can, every run compiles anew.
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import llvmlite
from llvmlite import binding, ir

from holdfast.model.integration import quadrature
from holdfast.model.integration.compiled.advance import Advance
from holdfast.model.integration.compiled.layout import Layout
from holdfast.model.integration.compiled.prepare import Prepare

Call = Callable[[int], None]  # takes the address of its arguments, and lets other threads run
LOG = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_ENGINES: list[Any] = []  # own the memory of what was loaded


@lru_cache(maxsize=64)
def functions(layout: Layout) -> tuple[Call, ...]:
    """`prepare` and `advance` of a shape."""

    def write(module: ir.Module) -> None:
        Prepare(module, layout).write()
        Advance(module, layout).write()

    return kept_functions(("prepare", "advance"), layout.shape.fingerprint, _solver_sources(), write)


def kept_functions(
    names: Sequence[str], about: object, sources: Sequence[Path], write: Callable[[ir.Module], None]
) -> tuple[Call, ...]:
    """Functions that `write` puts into a module, from disk where they were made before.

    `about` and the `sources` that write them are all that they depend on, but for the processor and LLVM.
    """
    key = _digest(about, sources)
    engine = _engine(_from_disk(key) or _compiled(write, key))
    _ENGINES.append(engine)
    prototype = ctypes.CFUNCTYPE(None, ctypes.c_int64)
    return tuple(prototype(engine.get_function_address(name)) for name in names)


def _compiled(write: Callable[[ir.Module], None], key: str) -> bytes:
    LOG.info("compiling the solver for this model and processor, once: a few seconds")
    target = _target()
    written = ir.Module()
    write(written)
    module = binding.parse_assembly(str(written))
    module.verify()
    options = binding.create_pipeline_tuning_options(speed_level=2)
    options.loop_unrolling = False
    options.loop_vectorization = options.slp_vectorization = False  # the code is in vectors already
    passes = binding.create_pass_builder(target, options)
    passes.getModulePassManager().run(module, passes)
    made: bytes = target.emit_object(module)
    _to_disk(key, made)
    return made


@cache
def _target() -> Any:
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    features = binding.get_host_cpu_features().flatten()
    target = binding.Target.from_default_triple()
    # large: code and constants may land more than 2 GB apart in a process that holds much memory; small would die of it
    return target.create_target_machine(
        cpu=binding.get_host_cpu_name(), features=features, opt=3, reloc="pic", codemodel="large", jit=True
    )


def _engine(code: bytes) -> Any:
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), _target())
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


@cache
def _solver_sources() -> tuple[Path, ...]:
    return (*sorted(_HERE.glob("*.py")), Path(quadrature.__file__))


@cache
def _content(path: Path) -> bytes:
    return path.read_bytes()


def _digest(about: object, sources: Sequence[Path]) -> str:
    """Of all the code depends on, so that a change of what writes it is never met by code of before."""
    machine = (llvmlite.__version__, binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten())
    written_by = hashlib.sha256(b"".join(_content(path) for path in sources)).digest()
    return hashlib.sha256(written_by + repr((machine, about)).encode()).hexdigest()[:32]


def _folders() -> Iterator[Path]:
    yield _HERE / "__pycache__"
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    yield Path(home).expanduser() / "holdfast"


def _from_disk(key: str) -> bytes | None:
    for folder in _folders():
        path = folder / f"{key}.o"
        if path.is_file():
            return path.read_bytes()
    return None


def _to_disk(key: str, code: bytes) -> None:
    """Whole or not at all: under another name first."""
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
                file.write(code)
            Path(file.name).replace(folder / f"{key}.o")
        except OSError:
            continue
        return
