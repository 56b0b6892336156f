const logs = "Look at the app's own log on the server for why it fails";

/** What to do about an answer that does not hold what it should. */
export const textRemedy =
  "See that the restart really loads the new release, and that this address prints the expected text.";

/** What to do about a status. */
export function statusRemedy(status: number): string {
  if (status >= 500) return `${logs}; give it more time if it only starts slowly.`;
  if (status === 401 || status === 403)
    return "Let this path answer without a login, or ask another one.";
  if (status >= 300 && status < 400)
    return "Ask the address that it redirects to: redirects are not followed.";
  return "See that the path of the health address is one that the app serves.";
}

/** What to do where no answer came, `reason` being the port's. */
export function answerRemedy(reason: string): string {
  if (reason.startsWith("TLS")) return "Mend the certificate that the server shows for this name.";
  if (reason.startsWith("name "))
    return "See that the host name is spelled right and that its DNS record exists.";
  if (reason.includes("proxy"))
    return "Mend the proxy variables of the runner, or name the host in NO_PROXY.";
  if (reason.includes("AllowTcpForwarding"))
    return "Allow the deploy user to forward connections, or ask from the runner.";
  return `${logs}, and see that it listens on this address and port and that the runner can reach it.`;
}
