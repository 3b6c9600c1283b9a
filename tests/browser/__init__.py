"""What only a real browser can prove, against a live server with real webhooks over HTTP."""
