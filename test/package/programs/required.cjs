// CommonJS: Node.js requires ES modules since 20.19.
const { backendInfo, Network } = require("downhill");

const network = new Network([2, 1], { seed: 1 });
console.log(JSON.stringify({ info: backendInfo(), outputs: network.predict([0, 1]).length }));
