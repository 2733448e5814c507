"""The demonstration page: phones and a county inbox in the browser. Never part of `serve`."""
