import { PLAIN_DESCENT, type ResolvedOptimizer } from "../optimizer.ts";
import { belowOne, checkedOptions, finiteNumber, flag, nonNegative, optionError, positive } from "../options.ts";

/**
 * How the mean gradient G of a batch becomes a step; a name alone takes the defaults. The formulas are PyTorch's, with
 * learning rate η, and λ for `weightDecay`, which biases do without. m and v are zeros before the first step t = 1.
 *
 * - `sgd`: G ← G + λ W, then W ← W − η G. With momentum μ (from 0, the default, to below 1): m ← μ m + G and W ← W − η m;
 *   with nesterov (default false) W ← W − η (G + μ m), which needs a momentum above 0.
 * - `rmsprop`: G ← G + λ W, v ← ρ v + (1 − ρ) G², W ← W − η G / (√v + ε). decay ρ: from 0 to below 1, default 0.99;
 *   epsilon ε: above 0, default 1e-8.
 * - `adam` (Kingma and Ba, 2015; with λ AdamW of Loshchilov and Hutter, 2019): W ← W − η λ W, m ← β₁ m + (1 − β₁) G,
 *   v ← β₂ v + (1 − β₂) G², W ← W − η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε). beta1 and beta2: from 0 to below 1,
 *   defaults 0.9 and 0.999; epsilon ε: above 0, default 1e-8.
 */
export type Optimizer =
  | "sgd"
  | "rmsprop"
  | "adam"
  | { readonly type: "sgd"; readonly momentum?: number; readonly nesterov?: boolean }
  | { readonly type: "rmsprop"; readonly decay?: number; readonly epsilon?: number }
  | { readonly type: "adam"; readonly beta1?: number; readonly beta2?: number; readonly epsilon?: number };

type Spec<Type extends string> = Extract<Optimizer, { readonly type: Type }>;

/** Checks what steps are made of and fills in the defaults: plain gradient descent. */
export function resolveOptimizer(
  options: { readonly optimizer?: unknown; readonly weightDecay?: unknown; readonly clipGradientNorm?: unknown },
  where: string,
): ResolvedOptimizer {
  const { optimizer, weightDecay, clipGradientNorm } = options;
  return {
    ...resolveRule(optimizer, `${where}.optimizer`),
    weightDecay: nonNegative(weightDecay, `${where}.weightDecay`, 0),
    clipGradientNorm: positive(clipGradientNorm, `${where}.clipGradientNorm`, Number.POSITIVE_INFINITY),
  };
}

function resolveRule(given: unknown, where: string): ResolvedOptimizer {
  if (given === undefined) return PLAIN_DESCENT;
  const isName = typeof given === "string";
  const spec = isName ? { type: given } : given;
  if (typeof spec !== "object" || spec === null || Array.isArray(spec)) {
    throw optionError(where, given, "one of sgd, rmsprop, adam, or an object with one of them as type");
  }
  switch ((spec as { readonly type?: unknown }).type) {
    case "sgd":
      return resolveDescent(spec, where);
    case "rmsprop":
      return resolveRmsprop(spec, where);
    case "adam":
      return resolveAdam(spec, where);
    default:
      throw optionError(
        isName ? where : `${where}.type`,
        (spec as { type?: unknown }).type,
        "one of sgd, rmsprop, adam",
      );
  }
}

function resolveDescent(given: object, where: string): ResolvedOptimizer {
  const options = checkedOptions<Spec<"sgd">>(given, where, ["type", "momentum", "nesterov"]);
  const momentum = belowOne(options.momentum, `${where}.momentum`, 0);
  const nesterov = flag(options.nesterov, `${where}.nesterov`, false);
  if (nesterov && momentum === 0) {
    throw optionError(`${where}.nesterov`, nesterov, "false, as there is no momentum above 0 beside it");
  }
  if (momentum === 0) return PLAIN_DESCENT;
  return { ...PLAIN_DESCENT, kind: nesterov ? "nesterov" : "momentum", firstDecay: momentum };
}

function resolveRmsprop(given: object, where: string): ResolvedOptimizer {
  const { decay, epsilon } = checkedOptions<Spec<"rmsprop">>(given, where, ["type", "decay", "epsilon"]);
  return {
    ...PLAIN_DESCENT,
    kind: "rmsprop",
    firstDecay: belowOne(decay, `${where}.decay`, 0.99),
    epsilon: epsilonOf(epsilon, where),
  };
}

function resolveAdam(given: object, where: string): ResolvedOptimizer {
  const { beta1, beta2, epsilon } = checkedOptions<Spec<"adam">>(given, where, ["type", "beta1", "beta2", "epsilon"]);
  return {
    ...PLAIN_DESCENT,
    kind: "adam",
    firstDecay: belowOne(beta1, `${where}.beta1`, 0.9),
    secondDecay: belowOne(beta2, `${where}.beta2`, 0.999),
    epsilon: epsilonOf(epsilon, where),
  };
}

/** An epsilon that became 0 would divide 0 by 0 wherever a gradient is 0, in the padding of the weights, too. */
function epsilonOf(given: unknown, where: string): number {
  return finiteNumber(given, `${where}.epsilon`, 1e-8, "a number above 0 that float32 can hold", (value) => {
    const held = Math.fround(value);
    return held > 0 && Number.isFinite(held);
  });
}
