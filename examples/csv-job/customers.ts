import { SeededRandom } from "downhill/digits";

/** What the shop knows of a customer, and what is asked about it. */
export interface Customer {
  readonly plan: string;
  readonly region: string;
  /** Where most orders come from. */
  readonly device: string;
  readonly monthsSubscribed: number;
  readonly ordersPerYear: number;
  /** In euros, of the whole time. */
  readonly totalSpend: number;
  readonly daysSinceLastOrder: number;
  /** Until the plan is renewed, or can be cancelled. */
  readonly daysToRenewal: number;
  /** Of the last year. */
  readonly supportTickets: number;
  /** The share of orders that were sent back, from 0 to 1. */
  readonly returnShare: number;
}

/** A customer and how it went on. */
export interface Case {
  readonly customer: Customer;
  /** Whether the subscription was cancelled within 90 days. */
  readonly cancelled: boolean;
  /** What the rule says that decided it, but for chance. */
  readonly ruleSays: boolean;
}

interface Plan {
  readonly name: string;
  /** How common it is. */
  readonly weight: number;
  /** Between two renewals. */
  readonly days: number;
  /** How much it inclines to cancelling. */
  readonly inclination: number;
}

const PLANS: readonly Plan[] = [
  { name: "Basic, monthly", weight: 4, days: 30, inclination: 0.25 },
  { name: "Plus, monthly", weight: 3, days: 30, inclination: 0.1 },
  { name: "Plus, yearly", weight: 2, days: 365, inclination: 0 },
  { name: "Family, yearly", weight: 1, days: 365, inclination: -0.15 },
];

const REGIONS = [
  { name: "Berlin, DE", weight: 4 },
  { name: "Lyon, FR", weight: 3 },
  { name: "Vienna, AT", weight: 2 },
  { name: "Turin, IT", weight: 2 },
  { name: "Porto, PT", weight: 1 },
];

const DEVICES = [
  { name: "phone", weight: 5 },
  { name: "computer", weight: 4 },
  { name: "tablet", weight: 1 },
];

/** The largest part that chance has in a decision; the rule's own part is of about this size. */
const CHANCE = 0.5;

/**
 * Draws customers and what they do. The same seed gives the same customers on every machine: they are made by + − × ÷ and
 * rounding alone.
 *
 * @param seed - a 32-bit integer
 */
export function* drawCases(count: number, seed: number): Generator<Case> {
  const random = new SeededRandom(seed);
  for (let i = 0; i < count; i++) {
    const plan = random.choose(PLANS);
    const customer = drawCustomer(plan, random);
    const inclination = inclinationOf(customer, plan);
    yield { customer, cancelled: inclination + CHANCE * random.bell() > 0, ruleSays: inclination > 0 };
  }
}

function drawCustomer({ name, days }: Plan, random: SeededRandom): Customer {
  const region = random.choose(REGIONS).name;
  const device = random.choose(DEVICES).name;
  const monthsSubscribed = Math.floor(96 * random.uniform() * random.uniform());
  const ordersPerYear = Math.floor(2 + 50 * random.uniform() * random.uniform());
  const basket = 10 + 140 * random.uniform() * random.uniform();
  return {
    plan: name,
    region,
    device,
    monthsSubscribed,
    ordersPerYear,
    totalSpend: Math.round(100 * basket * (1 + (ordersPerYear * monthsSubscribed) / 12)) / 100,
    daysSinceLastOrder: Math.floor(3 * usualGap(ordersPerYear) * random.uniform() * random.uniform()),
    daysToRenewal: Math.floor(days * random.uniform()),
    supportTickets: Math.floor(7 * random.uniform() * random.uniform()),
    returnShare: Math.round(1000 * random.uniform() * random.uniform()) / 1000,
  };
}

/** Days between two orders. */
function usualGap(ordersPerYear: number): number {
  return 365 / ordersPerYear;
}

/** Rises from 0 towards 1, and is half way there at `middle`. */
function saturating(value: number, middle: number): number {
  return value / (value + middle);
}

/** How much a customer inclines to cancelling: above 0 more likely than not. The hidden rule. */
function inclinationOf(customer: Customer, plan: Plan): number {
  const { monthsSubscribed, ordersPerYear, totalSpend, daysSinceLastOrder, supportTickets, returnShare } = customer;
  // Who is late by the own measure has lost interest, not who orders seldom.
  const lateness = saturating(daysSinceLastOrder, usualGap(ordersPerYear)) - 0.4;
  // Old customers forgive what drives new ones away.
  const loyalty = saturating(monthsSubscribed, 18);
  const anger = saturating(supportTickets, 2) * (1 - loyalty);
  // Those who send nothing back and those who send back much are the unhappy ones.
  const misfit = 3 * (returnShare - 0.25) * (returnShare - 0.25);
  const habit = customer.device === "phone" && customer.region !== "Lyon, FR" ? 0.12 : -0.06;
  const wish =
    lateness + 0.9 * anger + misfit + habit + plan.inclination - 0.25 * loyalty - (totalSpend > 3000 ? 0.2 : 0);
  // A plan that runs on for longer is seldom given up meanwhile.
  return customer.daysToRenewal > 90 ? Math.min(wish, 0) - 0.35 : wish - 0.28;
}
