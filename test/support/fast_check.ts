import fc from "fast-check";

/**
 * Properties draw the same values in every run, so that what fails is of the change that it comes with. PROPERTY_SEED
 * draws others, and PROPERTY_RUNS more of them where a property does not say how many.
 */
fc.configureGlobal({
  seed: Number(process.env.PROPERTY_SEED || 1),
  numRuns: Number(process.env.PROPERTY_RUNS || 100),
});

export { fc };
