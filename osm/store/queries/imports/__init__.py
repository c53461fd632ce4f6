"""Queries about exports of «Инцидент Менеджмент», in and back."""
