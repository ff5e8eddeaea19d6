// Shapes of what the API answers, as far as the dashboard reads it. The description is at /openapi.json.

/**
 * @typedef {object} DocumentRecord a document as lists and details have it
 * @property {string} id
 * @property {string} filename
 * @property {string | null} content_type
 * @property {number | null} size_bytes
 * @property {string | null} sha256
 * @property {"upload" | "resource"} origin `resource` where it was applied to the cluster
 * @property {"processing" | "ready" | "failed"} status
 * @property {number} processing_progress
 * @property {string | null} error_message
 * @property {string | null} error_reason
 * @property {number | null} total_chunks
 * @property {number | null} total_pages
 * @property {number | null} total_tokens
 * @property {string | null} language
 * @property {number} chunk_size
 * @property {number} overlap
 * @property {number} priority
 * @property {string} queue
 * @property {number | null} cpu_seconds
 * @property {string} created_at
 * @property {string} updated_at
 * @property {string | null} processing_started_at
 * @property {string | null} processing_completed_at
 * @property {KeptResult | null} kept_result
 * @property {"PENDING" | "PROCESSING" | "SUCCESS" | "FAILURE"} task_status
 * @property {TaskInfo} task_info
 * @property {Record<string, unknown>} doc_metadata
 * @property {TimelineEvent[]} [timeline]
 * @property {EncodingRecord[]} [encodings]
 */

/** @typedef {{ encoding: number, chunk_size: number, overlap: number, total_chunks: number | null, total_pages: number | null, total_tokens: number | null, language: string | null, completed_at: string }} KeptResult */
/** @typedef {{ attempt: number, encoding: number, message: string, namespace: string, resource: string, progress: number, pages_done: number | null, pages_total: number | null, queue_position: number | null }} TaskInfo */
/** @typedef {{ event: "created" | "requested" | "started" | "ready" | "failed" | "cancelled", encoding: number, at: string, message: string | null, reason: string | null }} TimelineEvent */
/** @typedef {{ encoding: number, status: string, attempts: number, chunk_size: number, overlap: number, queue: string, priority: number, requested_at: string, started_at: string | null, completed_at: string | null, error_message: string | null, error_reason: string | null, total_chunks: number | null, cpu_seconds: number | null }} EncodingRecord */

/**
 * @typedef {object} StatusRecord what `GET …/status` answers
 * @property {string} document_id
 * @property {"processing" | "ready" | "failed"} status
 * @property {number} progress
 * @property {"PENDING" | "PROCESSING" | "SUCCESS" | "FAILURE"} task_state
 * @property {string} message
 * @property {number | null} total_chunks
 * @property {number | null} queue_position
 * @property {number | null} [eta_seconds]
 * @property {number} attempt
 * @property {number | null} pages_done
 * @property {number | null} pages_total
 * @property {{ reason: string, message: string } | null} error
 */

/** @typedef {StatusRecord & { filename: string, ready: boolean }} ChangedDocument */
/** @typedef {{ type: string, change_seq: number, timestamp: string, data: ChangedDocument }} ChangeEvent */

/** @typedef {{ id: string, text: string, token_count: number, char_start: number, char_end: number, page_start: number, page_end: number, metadata: { index: number, title: string | null, section: number, page: number | null } }} Chunk */
/** @typedef {{ text: string, match: boolean }} Piece */
/** @typedef {{ document_id: string, filename: string, chunk_index: number, page: number | null, title: string | null, language: string, score: number, highlights: Piece[][] }} SearchResult */

/** @typedef {{ id: string, action: "cancel" | "delete" | "retry", state: "running" | "completed" | "aborted" | "counted", matched: number, done: number, failed: number, skipped: number, failures: { document_id: string, message: string }[], created_at: string, finished_at: string | null }} BulkAction */

/** @typedef {{ method: string, scopes: string[], tenant: { id: string, name: string }, user: { id: string, name: string, role: "admin" | "member" | "read_only" }, quotas: Quotas, usage: { bytes: number, documents: number, in_flight: number } }} Account */
/** @typedef {{ max_bytes: number | null, max_documents: number | null, max_file_bytes: number | null, max_in_flight: number | null, max_requests_per_second: number | null }} Quotas */

/** @typedef {{ documents: number, average: number | null, p50: number | null, p95: number | null, max: number | null }} Seconds */
/** @typedef {{ day: string, documents: number, pages: number, tokens: number, bytes: number, cpu_seconds: number }} Day */
/** @typedef {{ from: string, to: string, documents: { total: number, processing: number, ready: number, failed: number, bytes: number }, queues: { queue: string, running: number, waiting: number }[], reasons: { reason: string, documents: number }[], processing_seconds: Seconds, total_seconds: Seconds, days: Day[] }} Statistics */

export {};
