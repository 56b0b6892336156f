import { killPointContract } from "../support/faults/kill-points.js";

killPointContract("dash");
