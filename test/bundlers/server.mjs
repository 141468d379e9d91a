// A small server that trains and predicts: what a test bundles. It asks itself, and prints what it answered.
import { createServer } from "node:http";
import { backendInfo, Dataset, Network } from "downhill";

const network = new Network([2, 8, 1], { seed: 1, arithmetic: "reproducible" });

const answers = {
  async "/fit"(path) {
    const data = await Dataset.csv(path, { target: "t", task: "regress" });
    const { epochs } = await network.fit(data, { epochs: 300, learningRate: 0.5 });
    return { epochs: epochs.length, loss: epochs.at(-1).loss };
  },
  "/predict": (input) => Array.from(network.predict(input)),
  "/backend": () => backendInfo(),
};

const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = JSON.parse(Buffer.concat(parts).toString());
  response.end(JSON.stringify(await answers[request.url](body)));
});

server.listen(0, "127.0.0.1", async () => {
  const ask = async (path, body) => {
    const url = `http://127.0.0.1:${server.address().port}${path}`;
    return (await fetch(url, { method: "POST", body: JSON.stringify(body) })).json();
  };
  const fit = await ask("/fit", process.argv[2]);
  const outputs = [await ask("/predict", [0, 1]), await ask("/predict", [1, 1])];
  console.log(JSON.stringify({ fit, outputs, info: await ask("/backend", null) }));
  server.closeAllConnections();
  server.close();
});
