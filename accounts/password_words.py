"""Django's rules for passwords, each with what to do about it."""

from django.contrib.auth import password_validation as rules


class CommonPasswordValidator(rules.CommonPasswordValidator):
    def get_error_message(self) -> str:
        return "Many people use this password. Add a word or two that only you think of."


class NumericPasswordValidator(rules.NumericPasswordValidator):
    def get_error_message(self) -> str:
        return "This password has only digits. Add a letter or a sign."


class UserAttributeSimilarityValidator(rules.UserAttributeSimilarityValidator):
    def get_error_message(self) -> str:
        return "This password is too much like your %(verbose_name)s. Choose a very different one."
