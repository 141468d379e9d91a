import { styleText } from "node:util";

/** The looks that the output uses. */
export type Look = "bold" | "dim" | "green" | "red";

/** Gives a text a look, or leaves it as it is. */
export type Paint = (look: Look, text: string) => string;

/** For output that goes to a file, to a test or to somebody who asked for no colours. */
export const plain: Paint = (_look, text) => text;

// The stream was asked already; styleText would only ask standard output once more.
const coloured: Paint = (look, text) => styleText(look, text, { validateStream: false });

/** What `choosePaint` needs to know about a stream: only terminals have `hasColors`, which heeds `NO_COLOR`. */
export interface ColourStream {
  hasColors?(): boolean;
}

/** Colours for a terminal that shows them, else none. */
export function choosePaint(stream: ColourStream): Paint {
  return stream.hasColors?.() ? coloured : plain;
}
