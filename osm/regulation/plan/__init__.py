"""The content plan (Пр.1.2.4, 2.1-2.5): states of a publication, formats, «7 из 10»; pure."""
