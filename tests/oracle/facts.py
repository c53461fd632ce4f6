"""The official working days of 2025-2027: art. 112 of the Labour Code and the decrees about moved days off."""

HOLIDAYS = (
    "01-01", "01-02", "01-03", "01-04", "01-05", "01-06", "01-07", "01-08",
    "02-23", "03-08", "05-01", "05-09", "06-12", "11-04",
)  # fmt: skip


def _year(year, moved, shortened, working=()):
    return {
        "holidays": [f"{year}-{day}" for day in HOLIDAYS],
        "transferred_days_off": [{"date": f"{year}-{day}"} for day in moved],
        "shortened_days": [f"{year}-{day}" for day in shortened],
        "working_weekends": [{"date": f"{year}-{day}", "swapped_with": f"{year}-{other}"} for day, other in working],
        "presidential_nonworking": [],
    }


FACTS = {
    2025: _year(
        2025,
        ("05-02", "05-08", "06-13", "11-03", "12-31"),
        ("03-07", "04-30", "06-11", "11-01"),
        [("11-01", "11-03")],
    ),
    2026: _year(2026, ("01-09", "03-09", "05-11", "12-31"), ("04-30", "05-08", "06-11", "11-03")),
    2027: _year(
        2027,
        ("02-22", "05-03", "05-10", "06-14", "11-05", "12-31"),
        ("02-20", "04-30", "06-11", "11-03"),
        [("02-20", "02-22")],
    ),
}
