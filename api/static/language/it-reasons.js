// Perché un documento non riesce, in italiano.

/** @type {typeof import("./en-reasons.js").reasons} */
export const reasons = {
  "reason.NoText": "Nessun testo",
  "reason.Malformed": "File danneggiato",
  "reason.Encrypted": "Protetto da password",
  "reason.UnsupportedFormat": "Formato sconosciuto",
  "reason.SourceTooLarge": "Troppo grande",
  "reason.SourceNotFound": "Il file manca",
  "reason.OutOfMemory": "Serviva troppa memoria",
  "reason.DeadlineExceeded": "Troppo tempo",
  "reason.NoProgress": "Si è fermato",
  "reason.EncoderCrashed": "L’elaboratore si è interrotto",
  "reason.EncodingError": "Non si è potuto elaborare",
  "reason.OutputMissing": "Il risultato non c’era",
  "reason.MetadataInvalid": "Il risultato non era valido",
  "reason.InvalidSpec": "Parametri impossibili",
  "reason.Evicted": "Ha fatto posto ad altri",
  "reason.ImagePull": "L’elaboratore non è partito",
  "reason.QuotaDenied": "La quota del cluster è esaurita",
  "reason.Unschedulable": "Nel cluster non c’è posto",
  "reason.StoreUnavailable": "L’archivio non rispondeva",
  "reason.Misconfigured": "Il servizio è configurato male",
  "reason.Cancelled": "Annullato",
  "reason.Deleted": "La sua risorsa è stata eliminata",
};
