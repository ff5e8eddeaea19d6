// Che cosa aiuta quando un documento non riesce, in italiano.

/** @type {Record<keyof typeof import("./en-remedies.js").remedies, import("./catalogue.js").Message>} */
export const remedies = {
  "remedy.NoText": "Sembra scansionato. Passalo al riconoscimento del testo (OCR) e carica il risultato.",
  "remedy.Malformed": "Aprilo nel programma da cui viene, salvalo di nuovo e carica quello.",
  "remedy.Encrypted": "Salvalo senza password e carica quello.",
  "remedy.UnsupportedFormat": "Salvalo come PDF, DOCX, EPUB, HTML o testo.",
  "remedy.SourceTooLarge": "Dividilo in parti, o chiedi un limite più alto.",
  "remedy.SourceNotFound": "Caricalo di nuovo. Se viene da kubectl, controlla il nome della sorgente.",
  "remedy.OutOfMemory": "Dividilo in parti, o chiedi più memoria a chi gestisce il servizio; poi riprova.",
  "remedy.DeadlineExceeded": "Riprova in un momento più tranquillo, o dividilo in parti.",
  "remedy.NoProgress": "Riprova. Se si ferma ancora, segnala il documento.",
  "remedy.EncoderCrashed": "Riprova. Se succede ancora, segnala il documento: nessun file dovrebbe farlo.",
  "remedy.EncodingError": "Riprova; il messaggio dice di più.",
  "remedy.OutputMissing": "Riprova. Se succede ancora, chi gestisce il servizio guardi l’archivio.",
  "remedy.MetadataInvalid": "Riprova. Se succede ancora, segnalalo.",
  "remedy.InvalidSpec": "Elaboralo con altri parametri: la parte in comune deve essere minore del blocco.",
  "remedy.Evicted": "Riprova.",
  "remedy.ImagePull": "Chi gestisce il servizio guardi l’immagine dell’elaboratore; poi riprova.",
  "remedy.QuotaDenied": "Chi gestisce il servizio guardi la quota del namespace; poi riprova.",
  "remedy.Unschedulable": "Riprova più tardi, o chiedi altri nodi.",
  "remedy.StoreUnavailable": "Riprova.",
  "remedy.Misconfigured": "Chi gestisce il servizio legga il messaggio; poi riprova.",
  "remedy.Cancelled": "Riprova, se serve ancora.",
  "remedy.Deleted": "Riprova, se serve ancora.",
};
