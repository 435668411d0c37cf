"""What git prints is read whole: renames, binary files, removed files, empty patches."""

from __future__ import annotations

from infrastructure.lab.forge.checks import complaints_about
from infrastructure.lab.forge.parsing import blame_ranges, file_diffs
from infrastructure.lab.forge.registry import Registry
from infrastructure.lab.forge.services import released_services, touched_services

OLD, NEW = "a" * 40, "b" * 40


def test_a_rename_a_binary_and_a_removal_keep_their_patches_apart() -> None:
    listing = (
        f":100644 100644 {OLD} {NEW} R090\0old.py\0new.py\0"
        f":100644 100644 {OLD} {NEW} M\0logo.png\0"
        f":100644 000000 {OLD} {'0' * 40} D\0gone.py\0"
        "1\t1\t\0old.py\0new.py\0-\t-\tlogo.png\0" + "0\t2\tgone.py\0"
    )
    patches = (
        "diff --git a/old.py b/new.py\nsimilarity index 90%\n@@ -1 +1 @@\n-a\n+b\n"
        "diff --git a/logo.png b/logo.png\nBinary files differ\n"
        "diff --git a/gone.py b/gone.py\ndeleted file mode 100644\n@@ -1,2 +0,0 @@\n-x\n-y\n"
    )
    renamed, binary, removed = file_diffs(listing.encode(), patches.encode())
    assert (renamed.status, renamed.previous, renamed.path) == ("renamed", "old.py", "new.py")
    assert renamed.patch == "@@ -1 +1 @@\n-a\n+b"
    assert (binary.patch, binary.additions) == (None, 0)
    assert (removed.status, removed.sha, removed.deletions) == ("removed", OLD, 2)


def test_neighbouring_lines_of_one_commit_are_one_range() -> None:
    text = f"{OLD} 1 1 2\nauthor A\n\tone\n{OLD} 2 2\n\ttwo\n{NEW} 9 3 1\n\tthree\n{OLD} 3 4 1\n\tfour\n"
    assert [(item.start, item.end, item.sha[0]) for item in blame_ranges(text)] == [
        (1, 2, "a"),
        (3, 3, "b"),
        (4, 4, "a"),
    ]


def test_the_check_names_each_file_that_does_not_parse() -> None:
    files = {
        "a.py": "x = 1\n",
        "b.py": "def (:\n",
        "c.yaml": "a: [\n",
        "d.yaml": "a: 1\n---\nb: 2\n",
        "e.txt": "(",
    }
    assert [line.split(":")[0] for line in complaints_about(files)] == ["b.py", "c.yaml"]


def test_services_are_read_from_paths() -> None:
    paths = ["services/cart/app.py", "services/README.md", "lib/web.py", "deploy/catalog.yaml", "docs/x.md"]
    assert touched_services(paths) == ["cart"]
    assert released_services(paths) == ["cart", "catalog"]


def test_the_registry_tells_its_own_images_from_others() -> None:
    registry = Registry("registry.lab", "shop")
    assert registry.split("registry.lab/shop/cart:1a2b3c4") == ("cart", "1a2b3c4")
    assert registry.split("registry.lab/shop/cart") == ("cart", None)
    assert registry.split("registry.elsewhere/shop/cart:1") == (None, None)
    assert not registry.has("registry.lab/shop/cart:1a2b3c4")
