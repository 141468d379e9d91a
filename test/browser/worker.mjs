import * as downhill from "downhill";
import { trainAll } from "./trainings.mjs";

addEventListener("message", async ({ data }) => {
  // A rejection in a worker is no error that its page hears of.
  postMessage(await trainAll(downhill, data, {}).catch((reason) => ({ failure: String(reason) })));
});
