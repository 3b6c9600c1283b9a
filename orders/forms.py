from django import forms


class SessionIdForm(forms.Form):
    """Only what looks like a session's id reaches the database, and only ours reach Stripe."""

    session_id = forms.RegexField(r"^cs_(test|live)_[A-Za-z0-9]+\Z", max_length=255)
