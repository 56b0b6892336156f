/** Shorter ones hide nothing, and their like stands everywhere. */
const shortest = 4;

/** What a program said, without the password that it was given. */
export function withoutPassword(said: string, password: string | undefined): string {
  return password === undefined || password.length < shortest
    ? said
    : said.replaceAll(password, "***");
}
