import {
  type DjangoProject,
  makeDjangoProject,
  testDjango,
} from "../test/support/django-project.js";
import { spanOf } from "./checks-span.js";
import { compare, type Comparison, type ComparisonResult } from "./measure.js";
import { good } from "./start-up.js";

/** The checks of a Django project side by side and one after the other. */
export async function djangoSideBySide(pairs: number): Promise<ComparisonResult> {
  const project = await makeDjangoProject({ "climbing/tests.py": busyTests });
  try {
    await project.append("config/settings.py", "\nSTATIC_ROOT = BASE_DIR / 'static-root'\n");
    return await compare(sideBySideRow(project), pairs);
  } finally {
    await project.remove();
  }
}

/** The tests have a database of their own, and so the other checks run beside them. */
function sideBySideRow(project: DjangoProject): Comparison {
  const others = ["system", "deploy", "migrations", "static"];
  const span = async (...checks: readonly string[]): Promise<number> => {
    const result = await testDjango(project, { inputs: { checks: checks.join(",") } });
    good(result);
    return spanOf(result, checks);
  };
  return {
    name: "test-django: what shares nothing, on two cores",
    ours: "tests beside system, deploy, migrations and static",
    peer: "the same one after the other",
    target: 0.7,
    runOurs: () => span("tests", ...others),
    runPeer: async () => (await span("tests")) + (await span(...others)),
  };
}

/** Work for one core, for about as long as the other checks take. */
const busyTests = `import hashlib

from django.test import SimpleTestCase


class Busy(SimpleTestCase):
    def test_busy(self):
        for _ in range(30):
            hashlib.pbkdf2_hmac("sha256", b"word", b"salt", 100_000)
`;
