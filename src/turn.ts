/** Resolves in a later turn of the event loop, after timers and requests have had theirs. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") {
      setImmediate(resolve);
      return;
    }
    setTimeout(resolve, 0);
  });
}
