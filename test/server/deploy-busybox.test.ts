import { deployContract } from "./deploy-contract.js";

deployContract("busybox sh");
