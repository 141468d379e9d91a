// CommonJS that requires the package: TypeScript allows it for module NodeNext since 5.8, Node.js since 20.19.
import { backendInfo, Network } from "downhill";

import downhill = require("downhill");

const network: downhill.Network = new Network([2, 1]);
const isa: string = backendInfo().isa;
// @ts-expect-error: the types are those of the module, not any
network.predict(isa);
