import { deployContract } from "./deploy-contract.js";

deployContract("bash");
