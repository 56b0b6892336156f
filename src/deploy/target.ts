import {
  type Inputs as ServerInputs,
  readInputs as readServer,
} from "../ssh-deploy-with-backup/inputs.js";

/**
 * What is deployed to: a server. A cluster is a further form of these, told apart by the inputs that only it has;
 * its action is run in `action.ts` where this one's is, with the same onlooker.
 */
export type TargetInputs = ServerInputs;
export const readTarget = readServer;

export { act as actOnTarget } from "../ssh-deploy-with-backup/action.js";
export { finish as finishOnTarget } from "../ssh-deploy-with-backup/post.js";
