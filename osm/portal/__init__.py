"""«ПОС»: messages of the Платформа обратной связи. They are answered there and are outside the Положение."""
