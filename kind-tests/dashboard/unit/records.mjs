// Documents as the API answers them.

/** @typedef {import("../../../api/static/logic/types.js").DocumentRecord} DocumentRecord */
/** @typedef {import("../../../api/static/logic/types.js").StatusRecord} StatusRecord */
/** @typedef {import("../../../api/static/logic/types.js").ChangedDocument} ChangedDocument */

/**
 * @param {Partial<DocumentRecord>} [changes]
 * @param {Partial<DocumentRecord["task_info"]>} [task]
 * @returns {DocumentRecord}
 */
export function record(changes = {}, task = {}) {
  return {
    id: "d1",
    filename: "report.pdf",
    content_type: "application/pdf",
    size_bytes: 1000,
    sha256: null,
    origin: "upload",
    status: "processing",
    processing_progress: 0,
    error_message: null,
    error_reason: null,
    total_chunks: null,
    total_pages: null,
    total_tokens: null,
    language: null,
    chunk_size: 1200,
    overlap: 200,
    priority: 0,
    queue: "documents",
    cpu_seconds: null,
    created_at: "2026-05-01T10:00:00Z",
    updated_at: "2026-05-01T10:00:00Z",
    processing_started_at: null,
    processing_completed_at: null,
    kept_result: null,
    task_status: "PENDING",
    task_info: {
      attempt: 1,
      encoding: 1,
      message: "Queued",
      namespace: "encodings",
      resource: "doc-d1-1",
      progress: 0,
      pages_done: null,
      pages_total: null,
      queue_position: null,
      ...task,
    },
    doc_metadata: {},
    ...changes,
  };
}

/**
 * @param {Partial<StatusRecord>} [changes]
 * @returns {StatusRecord}
 */
export function status(changes = {}) {
  return {
    document_id: "d1",
    status: "processing",
    progress: 40,
    task_state: "PROCESSING",
    message: "Running memvid encoder",
    total_chunks: null,
    queue_position: null,
    attempt: 1,
    pages_done: 4,
    pages_total: 10,
    error: null,
    ...changes,
  };
}

/**
 * @param {number} seq
 * @param {Partial<ChangedDocument>} [changes]
 * @returns {import("../../../api/static/logic/types.js").ChangeEvent}
 */
export function change(seq, changes = {}) {
  const data = { ...status(changes), filename: "report.pdf", ready: changes.status === "ready", ...changes };
  return { type: "document.updated", change_seq: seq, timestamp: "2026-05-01T10:00:00Z", data };
}
