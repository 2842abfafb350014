"""Words in angle brackets that are read as HTML, and so are not seen."""

KNOWN = set("""a b blockquote br code del details div em h1 h2 h3 h4 h5 h6 hr
i img input kbd li ol p pre q s section small span strong sub summary sup
table tbody td th thead tr ul var !""".split())


def check(course, problems):
    for document in course.documents.values():
        for element in document.tree.walk():
            if element.tag not in KNOWN:
                problems.add(document.path, element.line,
                             f"<{element.tag}> is read as HTML; "
                             "put it between backquotes")
