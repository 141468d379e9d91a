/** How many times longer tests may take than usual: TEST_PATIENCE, for those who run them under sanitizers. */
export const PATIENCE = Number(process.env.TEST_PATIENCE || 1);
