//! Italian prose.

/// Paragraphs; `|` is where a word may be cut.
pub(super) const PARAGRAPHS: [&str; 9] = [
    "La stazione fu costruita lontano dal paese perché i carret|tieri non volevano perdere il lavoro. Ancora oggi \
     chi arriva con l'ultimo treno deve cammi|nare per due chilo|metri lungo una strada bianca, e gli abitanti \
     sosten|gono che così i forestieri arrivano con più appetito.",
    "Nella bottega del liutaio il legno riposa per vent'anni prima di essere toccato. Le tavole sono segnate con \
     una data e con il nome di chi le ha scelte, e più di una volta lo stru|mento è stato finito da qualcuno che \
     allora non era ancora nato.",
    "Il mercato del pesce comincia alle quattro e alle sei è già finito. Chi vuole comprare bene si fida \
     dell'odo|rato, chi vuole rispar|miare aspetta che suoni la campana, e chi vuole soltanto guardare deve stare \
     attento a non alzare la mano.",
    "Sulla collina sopra il lago ci sono ancora le serre dei limoni, con i pilastri di pietra e le tettoie che si \
     aprono d'estate. Il giardi|niere le chiude la sera del primo freddo, e per sapere quale sia quella sera non \
     guarda mai il calen|dario.",
    "La biblio|teca del convento possiede un catalogo scritto da un frate che non amava i libri. Accanto a ogni \
     titolo egli anno|tava il peso del volume, e proprio grazie a quei numeri si è potuto dimo|strare che tre \
     mano|scritti erano stati sostituiti.",
    "Quando il fiume era ancora navi|gabile, le barche scende|vano cariche di marmo e risalivano vuote, tirate dai \
     buoi lungo l'argine. Il sentiero dei buoi esiste tuttora, e la domenica lo percor|rono le fami|glie in \
     bici|cletta senza sapere perché sia così largo.",
    "Ogni anno, il secondo sabato di settembre, il paese elegge il miglior ascol|tatore. I candidati siedono in \
     piazza su una sedia di paglia, e chiunque può raccontare loro quello che vuole. Vince chi non ha mai \
     guardato l'oro|logio.",
    "Il vecchio teatro ha sessanta posti e una sola uscita. Gli attori dicono che è un vantag|gio, perché nessuno \
     osa alzarsi prima della fine, e il custode, che ha visto tutte le comme|die, conosce il punto esatto in cui \
     il pubblico comincia a tossire.",
    "Per riparare le reti serve una sala lunga e luminosa. I pesca|tori hanno ottenuto la palestra della scuola, \
     dove lavorano in silenzio la mattina presto, e i bambini hanno imparato a fare i nodi prima che a scrivere \
     il proprio nome.",
];
