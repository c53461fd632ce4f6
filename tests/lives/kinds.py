"""The kinds of things that have a life, each with the screens that show it."""

from __future__ import annotations

from tests.lives.walk import Kind

PRESS = ("anna", "anna", "vera", "gleb")
OFFICE = ("anna", "anna", "anna", "vera", "gleb", "boris", "lidia", "roman", "olga", "pavel", "nina", "igor")
PAGES = ("anna", "vera", "dina", "dina", "gleb")

KINDS = {
    "message": Kind(
        "message",
        (
            "/messages/{}", "/messages/{}", "/messages/{}/answer", "/messages/{}/executors", "/messages/{}/part",
            "/messages/{}/common", "/approvals/{}", "/messages/{}/publish", "/messages/{}/talk",
            "/messages/{}/for-executor",
        ),
        r"^/(messages/\d+|approvals/\d+|promises/\d+|groups/\d+|facts/\d+|im\b)",
        (("vera", "/messages/new", "/messages/new"),),
        OFFICE,
        r"/(route|executors|answer|part|parts/\d+|common|approve|correct|return|publi\w+|prepare-final|restore|reopen)$",
    ),
    "comment": Kind(
        "comment",
        ("/moderation", "/moderation/decided", "/moderation/{}/copies", "/blacklist", "/moderation/outbox"),
        r"^/(moderation|blacklist)",
        (("vera", "/moderation/import", "/moderation/import"),),
        PRESS,
    ),
    "plan": Kind(
        "publication",
        ("/plan/{}", "/plan/{}", "/plan", "/plan/news", "/plan/calendar", "/plan/tasks"),
        r"^/plan",
        (("vera", "/plan", "/plan/ideas"),),
        (*PRESS, "boris"),
        r"/(text|approve|return|place|time|take-back|unschedule|try-again|restore)$",
    ),
    "outbox": Kind(
        "outbox_action",
        ("/moderation/outbox", "/admin/pages/stops", "/moderation", "/approvals", "/messages?status=approved", "/plan"),
        r"^/(moderation|admin/pages/stops|blacklist|messages/\d+/(publi|correct)|approvals/\d+|plan/\d+)",
        (),
        (*PRESS, "dina"),
        r"/(approve|publi\w+|decide|place|text|again|done|release)$",
    ),
    "urgent": Kind(
        "urgent_report",
        ("/reports/urgent/{}", "/reports/urgent/{}", "/reports/urgent", "/instructions", "/shift", "/duty",
         "/messages/56/urgent"),
        r"^/(reports/urgent|instructions|reports/bursts|shift|duty|messages/\d+/urgent)",
        (("vera", "/messages/56/urgent", "/messages/56/urgent"),),
        (*PRESS, "boris", "maxim"),
    ),
    "shortcoming": Kind(
        "shortcoming",
        ("/reports/shortcomings/{}", "/reports/shortcomings/{}", "/reports/shortcomings", "/reports/memos"),
        r"^/reports/(shortcomings|memos)|^/messages/\d+/shortcoming",
        (("gleb", "/messages/3/shortcoming", "/messages/3/shortcoming"),),
        (*OFFICE, "gleb", "maxim"),
    ),
    "page": Kind(
        "account",
        ("/admin/pages/{}", "/accounts/{}", "/accounts/{}/edit", "/admin/pages/{}/security", "/admin/pages",
         "/accounts", "/admin/pages/stops", "/admin/security", "/accounts/{}/profile", "/admin/pages/new"),
        r"^/(admin/pages|accounts|admin/security)",
        (("dina", "/accounts/new", "/accounts"),),
        PAGES,
    ),
    "import": Kind(
        "import_run",
        ("/imports/{}", "/imports/{}", "/imports", "/", "/messages?run={}"),
        r"^/(imports|messages/\d+$|messages/\d+/(editions|source))",
        (("anna", "/imports", "/imports"),),
        ("anna", "anna", "dina"),
        r"/(start|publish|recall|sheet|new|replace)$",
    ),
    "question": Kind(
        "neighbour_question",
        ("/neighbours/{}", "/neighbours/{}", "/neighbours/{}", "/messages/31", "/messages/31/answer", "/neighbours",
         "/neighbours/bodies", "/neighbours/bodies/1", "/admin/absences"),
        r"^/(neighbours|messages/31|admin/absences)",
        (("boris", "/neighbours/new?message=31", "/neighbours"),),
        ("anna", "anna", "boris", "boris", "roman", "vera", "dina"),
        r"/(send|enter|take|answer|approve)$",
    ),
    "complaint": Kind(
        "complaint",
        ("/complaints/{}", "/complaints/{}", "/complaints", "/complaints/new", "/moderation/decided", "/blacklist"),
        r"^/(complaints|moderation|blacklist)",
        (("vera", "/complaints/new", "/complaints"),),
        PRESS,
    ),
    "emergency": Kind(
        "emergency",
        ("/emergencies/{}", "/emergencies/{}", "/emergencies", "/plan", "/groups", "/approvals", "/reports/bursts"),
        r"^/(emergencies|plan|groups|approvals|reports/bursts)",
        (("anna", "/emergencies", "/emergencies"),),
        ("anna", "anna", "vera", "gleb"),
        r"/(begin|release|end)$",
    ),
    "group": Kind(
        "answer_group",
        ("/groups/{}", "/groups/{}", "/groups/{}", "/groups", "/approvals", "/reports/bursts"),
        r"^/(groups|messages/\d+|approvals|reports/bursts|im\b)",
        (("anna", "/groups/new?burst=1", "/groups"),),
        OFFICE,
        r"/(submit|approve|correct|return|final|join|leave/\d+|publi\w+|withdrawn|restore|reopen)$",
    ),
    "request": Kind(
        "subject_request",
        ("/admin/keeping/requests/{}", "/admin/keeping/requests/{}", "/admin/keeping/requests", "/admin/keeping",
         "/reports/shortcomings", "/moderation/decided", "/blacklist", "/admin/calendar"),
        r"^/(admin/keeping|admin/calendar|reports/shortcomings|moderation|blacklist)",
        (("dina", "/admin/keeping/requests", "/admin/keeping/requests"),),
        ("dina", "dina", "dina", "vera", "anna"),
        r"/(answer|run)$",
    ),
    "office": Kind(
        "user_account",
        ("/", "/", "/admin", "/admin/absences", "/admin/users", "/admin/departments", "/admin/topics", "/admin/office",
         "/admin/templates", "/admin/dictionary", "/admin/calendar", "/admin/regulation", "/admin/rules", "/reports",
         "/reminders", "/groups", "/messages", "/promises", "/admin/users/{}"),
        r"^/(?!logout)",
    ),
}  # fmt: skip
