"""The sessions of nox, a file per subject; ``noxfile.py`` puts them in order."""
