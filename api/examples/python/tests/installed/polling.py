"""A user's own code, written for the service that this one replaces. Nothing of it may be changed but the address and the key."""

import os
import time

import requests

API_URL = os.environ["SOCRATE_API_URL"]
API_KEY = os.environ["SOCRATE_API_KEY"]


def upload_document(path):
    with open(path, "rb") as file:
        response = requests.post(f"{API_URL}/api/documents/upload", files={"file": file}, headers={"X-API-Key": API_KEY})
    response.raise_for_status()
    data = response.json()
    if not data["success"]:
        raise RuntimeError(data["message"])
    return data["document_id"]


def wait_for_document(document_id, timeout=300, interval=2, on_progress=print):
    start = time.time()
    while time.time() - start < timeout:
        response = requests.get(f"{API_URL}/api/documents/{document_id}/status", headers={"X-API-Key": API_KEY})
        response.raise_for_status()
        data = response.json()
        on_progress(f"[{data['task_state']}] {data['progress']}% - {data['message']}")
        if data["status"] == "ready":
            return data["total_chunks"]
        if data["status"] == "failed":
            raise RuntimeError(f"encoding failed: {data['message']}")
        time.sleep(interval)
    raise TimeoutError(f"document {document_id} not ready after {timeout} s")
