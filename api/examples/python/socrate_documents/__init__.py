"""A client of the document-encoding API: upload documents, follow them, and read what they became. Needs Python 3.11 and nothing else.

    with Client("https://documents.example.com", os.environ["SOCRATE_API_KEY"]) as client:
        upload = client.upload("report.pdf")
        client.wait(upload.document_id).or_fail()
        for chunk in client.chunks(upload.document_id):
            print(chunk.page_start, chunk.text)
"""

from .bulk import BulkAction, BulkFailure
from .client import Client
from .models import Chunk, Document, Event, Failure, Fragment, Hit, Page, Status, Upload
from .problems import ConnectionFailed, EncodingFailed, InvalidSignature, Problem, SocrateError, StillProcessing
from .retries import Retries
from .webhook_endpoints import Delivery, Webhook
from .webhooks import verify

__all__ = [
    "BulkAction",
    "BulkFailure",
    "Chunk",
    "Client",
    "ConnectionFailed",
    "Delivery",
    "Document",
    "EncodingFailed",
    "Event",
    "Failure",
    "Fragment",
    "Hit",
    "InvalidSignature",
    "Page",
    "Problem",
    "Retries",
    "SocrateError",
    "Status",
    "StillProcessing",
    "Upload",
    "Webhook",
    "verify",
]
