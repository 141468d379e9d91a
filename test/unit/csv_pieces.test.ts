import { expect, it } from "vitest";
import { wholeRows } from "../../src/formats/csv_pieces.ts";
import { expectRejected } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";

/** The pieces that become of a text which comes in pieces that end at these places. */
async function piecesOf(text: string, cuts: readonly number[], delimiter = ","): Promise<string[]> {
  const ends = [0, ...cuts.toSorted((a, b) => a - b), text.length].map((end) => Math.min(end, text.length));
  async function* pieces() {
    for (let i = 1; i < ends.length; i++) yield text.slice(ends[i - 1], ends[i]);
  }
  const through: string[] = [];
  for await (const piece of wholeRows(pieces(), delimiter, "x.csv")) through.push(piece);
  return through;
}

async function passed(text: string, cuts: readonly number[] = [], delimiter = ","): Promise<string> {
  return (await piecesOf(text, cuts, delimiter)).join("");
}

const unit = fc.constantFrom("a", "é", '"', ";", "\n", "\r\n", " ", "\t");
const content = fc.string({ unit, maxLength: 6 });
const quoted = fc
  .tuple(content, fc.constantFrom("", " ", "\t "))
  .map(([text, blanks]) => `"${text.replaceAll('"', '""')}"${blanks}`);
const plain = fc.constantFrom("", "a", ' "a"', 'a"', 'a""b', "b ", "\u00a0");
const values = fc.array(fc.tuple(fc.oneof(quoted, plain), fc.constantFrom(";", "\n", "\r\n")), { maxLength: 8 });
const text = values.map((list) => list.map((pair) => pair.join("")).join(""));
const cuts = fc.array(fc.nat(60), { maxLength: 6 });

it("text whose quotes match passes as it is, whatever its pieces", async () => {
  await fc.assert(
    fc.asyncProperty(text, cuts, async (whole, ends) => {
      expect(await passed(whole, ends, ";")).toBe(whole);
    }),
  );
});

it("text ends with the character that makes a quote a stray one, whatever its pieces", async () => {
  const stray = fc.tuple(quoted, fc.constantFrom("a", "é", "1"));
  await fc.assert(
    fc.asyncProperty(text, stray, text, cuts, async (before, [value, character], after, ends) => {
      const start = before + value + character;
      expect(await passed(start + after, ends, ";")).toBe(start);
    }),
  );
  expect(await passed('a,b\n"x" "y",2\n')).toBe('a,b\n"x" "');
});

it("pieces end where rows do", async () => {
  const value = fc.oneof(quoted, plain);
  const row = fc.array(value, { minLength: 1, maxLength: 4 }).map((list) => `${list.join(";")}\n`);
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 6 }), cuts, async (rows, ends) => {
      const rowEnds = new Set(rows.map((_, i) => rows.slice(0, i + 1).join("").length));
      let end = 0;
      for (const piece of await piecesOf(rows.join(""), ends, ";")) {
        end += piece.length;
        if (piece !== "") expect(rowEnds).toContain(end);
      }
      expect(end).toBe(rows.join("").length);
    }),
  );
  expect(await piecesOf('a\n"b\nc"\nd', [3, 5])).toEqual(["a\n", '"b\nc"\n', "d"]);
});

it("lines that end with CR alone are refused", async () => {
  const message = "x.csv: its lines end with CR alone, expected LF or CR LF";
  await expectRejected(passed("a,y\r1,2\r"), "ERR_DATA", message);
  await expectRejected(passed('a,"y\r"\r1,2\r'), "ERR_DATA", message);
  for (const whole of ["a,y\r\n1\r,2", '"a\rb",y', "a,y\r", '"a""\rb",y']) expect(await passed(whole)).toBe(whole);
});
