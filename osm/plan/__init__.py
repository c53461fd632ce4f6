"""The content plan: publications by week, their texts, pages and feeds (Пр.1.2.4, 2.2)."""
