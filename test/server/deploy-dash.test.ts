import { deployContract } from "./deploy-contract.js";

deployContract("dash");
