#!/usr/bin/env python3
"""Writes a workspace with one crate for each project, whose services all have a default rule.

    prepare.py ROOT WORKSPACE CACHE [--fetch]

ROOT is the repository. Without --fetch, the projects are this repository's own files, in the editions 2021 and 2024. With it,
also those of projects.json: their `.proto` files come from crates.io, the Go module proxy, npm and PyPI, by their clients.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

RULE = "  option (secure.v1.service).default = {authenticated: true};"
IMPORT = 'import "secure/v1/options.proto";'

MANIFEST = """[package]
name = "{name}"
version = "0.0.0"
edition = "{edition}"
publish = false

[lib]
path = "lib.rs"

[dependencies]
prost = "0.14"
prost-types = "0.14"
secure-runtime = {{ path = "{root}/secure-runtime" }}
tokio = {{ version = "1", features = ["rt-multi-thread"] }}  # as in programs: other libraries would be built without it

[build-dependencies]
protoc-gen-secure = {{ path = "{root}/protoc-gen-secure", default-features = false }}
"""

BUILD = """fn main() -> Result<(), protoc_gen_secure::Error> {{
    protoc_gen_secure::Config::new()
        .include_file("all.rs"){exclude}
        .compile_protos(&{protos}, &["proto"])
}}
"""

LIBRARY = """//! Generated code is clean under these lints, and none of its comments is a test.
#![deny(missing_docs, warnings)]
#![deny(clippy::all, clippy::pedantic)]

include!(concat!(env!("OUT_DIR"), "/all.rs"));
"""


def crate(source, cache):
    """The directory of a package of crates.io."""
    name, version = source.split("@")
    project = cache / "crate" / name
    (project / "src").mkdir(parents=True, exist_ok=True)
    (project / "src/lib.rs").touch()
    dependency = f'{name} = {{ version = "={version}", default-features = false }}'
    package = '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n'
    (project / "Cargo.toml").write_text(f"{package}[dependencies]\n{dependency}\n[workspace]\n")
    arguments = ["cargo", "metadata", "--quiet", "--format-version=1"]
    metadata = json.loads(subprocess.check_output(arguments, cwd=project))
    return next(Path(it["manifest_path"]).parent for it in metadata["packages"] if it["name"] == name)


def go(source, cache):
    """The directory of a Go module."""
    environment = {**os.environ, "GOMODCACHE": str(cache / "go"), "GOFLAGS": "-mod=mod -modcacherw"}
    output = subprocess.check_output(["go", "mod", "download", "-json", source], cwd=cache, env=environment)
    return Path(json.loads(output)["Dir"])


def pip(source, cache):
    """The directory of a wheel of PyPI."""
    directory = cache / "pip" / source
    if not directory.exists():
        wheels = cache / "wheels" / source
        arguments = ["download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", wheels, source]
        subprocess.check_call([sys.executable, "-m", "pip", *arguments])
        with zipfile.ZipFile(next(wheels.glob("*.whl"))) as wheel:
            wheel.extractall(directory)
    return directory


def npm(source, cache):
    """The directory of a package of npm."""
    directory = cache / "npm" / source
    if not directory.exists():
        directory.mkdir(parents=True)
        name = subprocess.check_output(["npm", "pack", "--silent", source], cwd=directory, text=True).strip()
        with tarfile.open(directory / name) as package:
            package.extractall(directory, filter="data")
    return directory / "package"


FETCH = {"crate": crate, "go": go, "npm": npm, "pip": pip}


def copy(source, target):
    for path in sorted(source.rglob("*.proto")):
        to = target / path.relative_to(source)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
        to.chmod(0o644)


def add_rule(path):
    """Gives every service of a file a default rule, unless the file has rules."""
    text = path.read_text()
    service = re.compile(r"^(\s*service\s+\w+\s*\{)", re.MULTILINE)
    if "secure/v1/options.proto" in text or not service.search(text):
        return
    text = service.sub(rf"\1\n{RULE}\n", text)
    syntax = re.compile(r"^(\s*syntax\s*=\s*[\"']\w+[\"']\s*;)", re.MULTILINE)
    text, count = syntax.subn(rf"\1\n{IMPORT}\n", text, count=1)
    path.write_text(text if count else f"{IMPORT}\n{text}")


def write(directory, root, edition, project):
    protos = sorted({
        f"proto/{path.relative_to(directory / 'proto')}"
        for pattern in project["protos"]
        for path in (directory / "proto").glob(pattern)
    })
    exclude = "".join(f'\n        .exclude("{name}")' for name in project.get("exclude", []))
    (directory / "Cargo.toml").write_text(MANIFEST.format(name=project["name"], edition=edition, root=root))
    (directory / "build.rs").write_text(BUILD.format(exclude=exclude, protos=json.dumps(protos)))
    (directory / "lib.rs").write_text(LIBRARY)


def own(workspace, root):
    for edition in ["2021", "2024"]:
        name = f"own-{edition}"
        proto = workspace / name / "proto"
        copy(root / "tests/projects/proto", proto)
        for service in ["bank", "kinds", "odd", "other", "staff"]:
            copy(root / "tests/proto" / service, proto / service)
        write(workspace / name, root, edition, {"name": name, "protos": ["*/v1/*.proto", "*/*/v1/*.proto"]})
        yield name


def fetched(workspace, root, cache):
    projects = json.loads((root / "tests/projects/projects.json").read_text())
    for index, project in enumerate(projects):
        directory = workspace / project["name"]
        for source in project["sources"]:
            [kind] = FETCH.keys() & source.keys()
            copy(FETCH[kind](source[kind], cache) / source["from"], directory / "proto" / source["to"])
        for path in (directory / "proto").rglob("*.proto"):
            add_rule(path)
        write(directory, root, ["2021", "2024"][index % 2], project)
        yield project["name"]


def main(root, workspace, cache, *flags):
    root, workspace, cache = Path(root).resolve(), Path(workspace), Path(cache).resolve()
    shutil.rmtree(workspace, ignore_errors=True)
    cache.mkdir(parents=True, exist_ok=True)
    members = [*own(workspace, root), *(fetched(workspace, root, cache) if "--fetch" in flags else [])]
    text = f"[workspace]\nresolver = \"3\"\nmembers = {json.dumps(members)}\n[profile.dev]\ndebug = 0\n"
    (workspace / "Cargo.toml").write_text(text)
    shutil.copyfile(root / "Cargo.lock", workspace / "Cargo.lock")


if __name__ == "__main__":
    main(*sys.argv[1:])
