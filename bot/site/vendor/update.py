"""`python -m bot.site.vendor.update TARBALL`: takes another release of OpenPGP.js from the package file of that release.

Decides which two files are taken, and writes their checksums beside them. The package file is fetched by whoever updates, who
also reads what changed.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tarfile
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
LIBRARY: Final = "openpgp.min.mjs"
TAKEN: Final = {LIBRARY: f"package/dist/{LIBRARY}", "LICENSE": "package/LICENSE"}
SUMS: Final = "SHA256SUMS"


def taken(package: Path) -> dict[str, bytes]:
    """Return the files of a release by the name they have here; raises ValueError when it is another package."""
    with tarfile.open(package, "r:gz") as archive:
        about = json.loads(_read(archive, "package/package.json"))
        if about.get("name") != "openpgp" or not str(about.get("license", "")).startswith("LGPL-3.0"):
            raise ValueError("this is no release of OpenPGP.js under the LGPL 3.0")
        found = {name: _read(archive, inside) for name, inside in TAKEN.items()}
    found["VERSION"] = f"OpenPGP.js {about['version']}, {about['license']}\n".encode()
    return found


def sums(files: dict[str, bytes]) -> str:
    """Return the checksums as `sha256sum --check` reads them."""
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise ValueError(f"{name} is missing")
    return member.read()


def main(package: str) -> None:
    """Write the files of a release and their checksums."""
    files = taken(Path(package))
    for name, data in files.items():
        (FOLDER / name).write_bytes(data)
    (FOLDER / SUMS).write_text(sums(files), encoding="ascii")
    sys.stdout.write(files["VERSION"].decode())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Give the package file of a release: python -m bot.site.vendor.update openpgp-VERSION.tgz")
    main(sys.argv[1])
