// A document as the dashboard holds it: what a list, a status or a change says of it, the newest of which counts.

/** @typedef {import("./types.js").DocumentRecord} DocumentRecord */
/** @typedef {import("./types.js").StatusRecord} StatusRecord */

/**
 * @typedef {object} Document
 * @property {string} id
 * @property {string} name
 * @property {"processing" | "ready" | "failed"} status
 * @property {number} progress per cent
 * @property {"PENDING" | "PROCESSING" | "SUCCESS" | "FAILURE"} taskState
 * @property {string} message the encoder's own words, or why it failed
 * @property {string | null} reason why it failed
 * @property {number | null} queuePosition
 * @property {number | null} secondsLeft
 * @property {number | null} pagesDone
 * @property {number | null} pagesTotal
 * @property {number} attempt
 * @property {number} seq the change that this is from, or an older one
 * @property {DocumentRecord | null} record the whole record, as of the last list or details
 * @property {number} recordSeq the change that the record is from, or an older one
 */

/**
 * @param {DocumentRecord} record
 * @param {number} seq a change that the record is not older than
 * @returns {Document}
 */
export function ofRecord(record, seq) {
  const task = record.task_info;
  return {
    id: record.id,
    name: record.filename,
    status: record.status,
    progress: record.processing_progress,
    taskState: record.task_status,
    message: record.error_message ?? task.message,
    reason: record.error_reason,
    queuePosition: task.queue_position,
    secondsLeft: null,
    pagesDone: task.pages_done,
    pagesTotal: task.pages_total,
    attempt: task.attempt,
    seq,
    record,
    recordSeq: seq,
  };
}

/**
 * A record that was read, put into what is known: a change may have told more since, and live progress may be further on.
 * @param {Document | undefined} known
 * @param {DocumentRecord} record
 * @param {number} seq a change that the record is not older than
 * @returns {Document}
 */
export function withRecord(known, record, seq) {
  const read = ofRecord(record, seq);
  if (!known) return read;
  // Lists tell no timeline: what details told of the same state stays.
  const { timeline, encodings } = known.record ?? {};
  const full = record.timeline || !timeline ? record : { ...record, timeline, encodings };
  if (known.seq > seq) return { ...known, record: full, recordSeq: seq };
  const isSameEncoding = known.record?.task_info.encoding === record.task_info.encoding;
  const areWorking = known.status === "processing" && read.status === "processing";
  const isFurther = known.attempt > read.attempt || (known.attempt === read.attempt && known.progress > read.progress);
  if (isSameEncoding && areWorking && isFurther) return { ...known, seq, record: full, recordSeq: seq };
  return { ...read, record: full, secondsLeft: read.status === "processing" ? known.secondsLeft : null };
}

/**
 * What a status says, put into what is known. A status is answered from memory with live progress: within an attempt it never goes back.
 * @param {Document} known
 * @param {StatusRecord} status
 * @returns {Document}
 */
export function withStatus(known, status) {
  // It was asked for before the end. That a new encoding has begun is told by a change.
  if (known.status !== "processing" && status.status === "processing") return known;
  const isBehind =
    known.status === "processing" &&
    status.status === "processing" &&
    (status.attempt < known.attempt || (status.attempt === known.attempt && status.progress < known.progress));
  if (isBehind) return known;
  return {
    ...known,
    status: status.status,
    progress: status.progress,
    taskState: status.task_state,
    message: status.error?.message ?? status.message,
    reason: status.error?.reason ?? null,
    queuePosition: status.queue_position,
    secondsLeft: status.eta_seconds ?? null,
    pagesDone: status.pages_done,
    pagesTotal: status.pages_total,
    attempt: status.attempt,
  };
}

/**
 * What a change says. Changes have an order, so that one that is older than what is known says nothing.
 * @param {Document} known
 * @param {import("./types.js").ChangeEvent} change
 * @returns {Document}
 */
export function withChange(known, change) {
  if (change.change_seq <= known.seq) return known;
  const { data } = change;
  // An encoding that is begun anew starts at nothing: what was known is of the one before.
  const isNew = known.status !== "processing" && data.status === "processing";
  const before = isNew ? { ...known, status: data.status, progress: 0, attempt: 0 } : known;
  return { ...withStatus(before, data), name: data.filename, seq: change.change_seq };
}

/** @param {Document} document @returns {boolean} whether its record is of before it ended, or of an encoding before: two changes may come at once */
export function isOutdated({ status, record, seq, recordSeq }) {
  return record?.status !== status || (status !== "processing" && seq > recordSeq);
}

/** @param {Document} document @returns {boolean} whether there is something to read: its own, or what is kept until a new encoding ends */
export function hasResult({ status, record }) {
  return status === "ready" || Boolean(record?.kept_result);
}

/** @param {Document} document @returns {boolean} whether it was uploaded, so that its source is here */
export function isUploaded({ record }) {
  return record?.origin !== "resource";
}

/**
 * What may be done with a document now.
 * @param {Document} document
 * @returns {{ cancel: boolean, retry: boolean, remove: boolean }}
 */
export function possible(document) {
  return {
    cancel: document.status === "processing",
    retry: document.status !== "processing" && isUploaded(document),
    remove: true,
  };
}
