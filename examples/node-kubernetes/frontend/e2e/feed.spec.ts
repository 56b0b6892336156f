import { expect, test } from "@playwright/test";

test("a post that is written stands first", async ({ page }) => {
  await page.route("**/api/posts", async (route) => {
    const isWritten = route.request().method() === "POST";
    const json = isWritten ? { id: "2", text: "second" } : [{ id: "1", text: "first" }];
    await route.fulfill({ json });
  });
  await page.goto("/");
  await expect(page.getByRole("listitem")).toHaveText(["first"]);
  await page.getByLabel("Post").fill("second");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page.getByRole("listitem")).toHaveText(["second", "first"]);
});
