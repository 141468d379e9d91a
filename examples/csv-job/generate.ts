import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { SeededRandom } from "downhill/digits";
import { replaceFile } from "../common/files.ts";
import { type Customer, drawCases } from "./customers.ts";

/** The column that is to be predicted. */
export const TARGET = "cancelled";

/** Its two values. */
export const ANSWERS = { no: "no", yes: "yes" } as const;

/** How often a value is missing in the columns that have gaps. */
export const MISSING_SHARE = 0.03;

/** The columns before the target, in the order of the file. */
const COLUMNS: Readonly<Record<string, { of(customer: Customer): string | number; hasGaps?: boolean }>> = {
  plan: { of: ({ plan }) => plan },
  region: { of: ({ region }) => region },
  device: { of: ({ device }) => device, hasGaps: true },
  months_subscribed: { of: ({ monthsSubscribed }) => monthsSubscribed },
  orders_per_year: { of: ({ ordersPerYear }) => ordersPerYear },
  total_spend: { of: ({ totalSpend }) => totalSpend.toFixed(2), hasGaps: true },
  days_since_last_order: { of: ({ daysSinceLastOrder }) => daysSinceLastOrder, hasGaps: true },
  days_to_renewal: { of: ({ daysToRenewal }) => daysToRenewal },
  support_tickets: { of: ({ supportTickets }) => supportTickets },
  return_share: { of: ({ returnShare }) => returnShare, hasGaps: true },
};

/** The names of the columns that the prediction is made from. */
export const FEATURES: readonly string[] = Object.keys(COLUMNS);

/** The names of those where values are missing. */
export const COLUMNS_WITH_GAPS: readonly string[] = FEATURES.filter((name) => COLUMNS[name].hasGaps);

/** What was generated. */
export interface GeneratedFacts {
  readonly rows: number;
  readonly seed: number;
  /** The share of customers that cancelled. */
  readonly cancelledShare: number;
  /** How often the rule behind the answers is right, knowing all values: nothing can be right more often. */
  readonly ruleAccuracy: number;
}

/** How many characters are written at once. */
const BLOCK = 2 ** 16;

/**
 * Writes customers as a CSV file, row by row: no more than a block of it is ever in memory. The file appears once it is
 * complete.
 *
 * @param seed - a 32-bit integer; the same seed and number of rows give the same bytes
 */
export async function generateCsv(
  path: string,
  { rows, seed, signal }: { readonly rows: number; readonly seed: number; readonly signal?: AbortSignal },
): Promise<GeneratedFacts> {
  const counts = { cancelled: 0, ruleRight: 0 };
  await replaceFile(path, (temporary) =>
    pipeline(csvBlocks(rows, seed, counts), createWriteStream(temporary, { flush: true }), { signal }),
  );
  return { rows, seed, cancelledShare: counts.cancelled / rows, ruleAccuracy: counts.ruleRight / rows };
}

function* csvBlocks(rows: number, seed: number, counts: { cancelled: number; ruleRight: number }): Generator<string> {
  // Apart from the customers, who stay the same whatever is missing.
  const gaps = new SeededRandom(~seed);
  let block = `${[...FEATURES, TARGET].join(",")}\n`;
  for (const { customer, cancelled, ruleSays } of drawCases(rows, seed)) {
    if (cancelled) counts.cancelled++;
    if (cancelled === ruleSays) counts.ruleRight++;
    block += `${csvLine(customer, cancelled, gaps)}\n`;
    if (block.length < BLOCK) continue;
    yield block;
    block = "";
  }
  yield block;
}

function csvLine(customer: Customer, cancelled: boolean, gaps: SeededRandom): string {
  const cells = Object.values(COLUMNS).map(({ of, hasGaps }) => {
    const isMissing = hasGaps && gaps.uniform() < MISSING_SHARE;
    return isMissing ? "" : csvCell(String(of(customer)));
  });
  return [...cells, cancelled ? ANSWERS.yes : ANSWERS.no].join(",");
}

/** Quoted where a comma would end it; none of the values has quotes or line breaks. */
function csvCell(text: string): string {
  return text.includes(",") ? `"${text}"` : text;
}
