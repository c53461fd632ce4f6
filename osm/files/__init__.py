"""Files of messages and answers: pictures, previews, screenshots."""
