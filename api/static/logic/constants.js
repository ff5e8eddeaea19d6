// Numbers that the whole dashboard agrees on.

/** The bar stands here when the upload is in, in per cent. */
export const UPLOADED_AT = 30;
/** How often a status is asked for, in milliseconds. */
export const POLL_EVERY = 2000;
/** So many times a status is asked for without a live connection: four minutes. Then the person is told that the work may still go on. */
export const POLL_AT_MOST = 120;
/** How often the list is read anew while anything in it is processing, in milliseconds. */
export const RELOAD_EVERY = 30_000;
/** Uploads at once. */
export const UPLOADS_AT_ONCE = 3;
/** Documents of a page of the list. */
export const PAGE_SIZE = 100;
/** How long what destroys can be taken back, in milliseconds. */
export const UNDO_FOR = 8000;
/** Formats that the encoder reads, by the names of their files. */
export const ACCEPTED = [".pdf", ".docx", ".epub", ".html", ".htm", ".xhtml", ".txt", ".md", ".markdown"];
