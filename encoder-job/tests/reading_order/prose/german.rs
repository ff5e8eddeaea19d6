//! German prose.

/// Paragraphs; `|` is where a word may be cut.
pub(super) const PARAGRAPHS: [&str; 9] = [
    "Der Brunnen auf dem Markt|platz ist älter als die Stadt|mauer, und sein Wasser schmeckt noch immer nach Eisen. \
     Früher holten die Färber es in Eimern, weil es die Stoffe dunkler machte. Heute sitzen dort am Abend die \
     Schü|ler und warten auf den letzten Bus.",
    "Wer im Winter über den Pass will, fragt zuerst den Wirt. Er kennt die Lawinen|hänge beim Namen, er weiß, \
     welcher Wind sie lockert, und er hat in vierzig Jahren nur einmal jemanden gehen lassen, den er besser \
     aufge|halten hätte.",
    "Die Werk|statt liegt im Hinter|hof, und man findet sie eher mit den Ohren als mit den Augen. Drei Gesellen \
     hobeln dort Fenster|rahmen nach alten Maßen, denn in den Häusern ringsum ist kein Fenster so groß wie das \
     andere.",
    "Im Archiv der Gemeinde liegen die Protokolle des Chores seit seiner Grün|dung. Gestritten wurde vor allem über \
     die Länge der Proben, und in jedem Jahr|zehnt hat ein anderer Schrift|führer notiert, dass man nun endlich \
     pünkt|lich anfangen wolle.",
    "Am Rand des Moores steht eine Hütte, in der früher Torf getrocknet wurde. Der Verein hat sie neu gedeckt und \
     eine Tafel ange|bracht, auf der die Vögel der Gegend zu sehen sind. Die meisten Besu|cher kommen aber wegen \
     der Stille.",
    "Ein gutes Seil wird nicht geflochten, sondern geschla|gen. Auf der langen Bahn hinter dem Hafen läuft der \
     Seiler rück|wärts, während die Fasern durch seine Finger gehen, und am Ende eines Tages ist er zwölf \
     Kilo|meter gelaufen, ohne den Hof zu verlassen.",
    "Das Museum besitzt nur einen einzigen Saal, und in diesem Saal steht nur ein einziges Schiff. Man kann es von \
     allen Seiten betrach|ten, man darf die Planken berühren, und wer lange genug stehen bleibt, bekommt vom \
     Aufseher eine Geschichte erzählt.",
    "Die Kirschen reifen hier drei Wochen später als im Tal. Deshalb lohnt sich der weite Weg zum Groß|markt, denn \
     wenn die anderen Händler nichts mehr haben, kommen die Körbe vom Hang. Die Bauern nennen das ihre kleine \
     Ver|spätung.",
    "Nach dem Hoch|wasser hat man die Häuser am Ufer nicht wieder aufge|baut. Wo sie standen, wachsen jetzt Weiden, \
     und im Früh|jahr steht dort das Wasser zwischen den Stämmen, ohne dass jemand seine Möbel in den ersten Stock \
     tragen müsste.",
];
