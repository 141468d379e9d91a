/** Resolves in a later turn of the event loop, after timers and requests have had theirs. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else if (typeof MessageChannel === "function") afterMessage(resolve);
    else setTimeout(resolve, 0);
  });
}

/** Browsers make a timer that another one has set wait for 4 ms, but no message. */
function afterMessage(resolve: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener("message", () => {
    port1.close();
    resolve();
  });
  port1.start();
  port2.postMessage(undefined);
}
