"""The pages that no document stands behind: they are made from programs,
checkers, mutants and lists.

Each module that makes some has a function `pages(course, where)` that yields
them; MAKERS has these functions.
"""

from page import labindex, labpages, myths, names, nowhere, proofs

MAKERS = (labindex.pages, labpages.pages, proofs.pages, myths.pages,
          names.pages, nowhere.pages)


def read_pages(course, where):
    return [page for make in MAKERS for page in make(course, where)]
