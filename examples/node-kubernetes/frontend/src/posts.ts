export interface Post {
  readonly id: string;
  readonly text: string;
}

/** The newest posts, newest first. */
export async function fetchPosts(): Promise<readonly Post[]> {
  return (await ask("/api/posts")) as readonly Post[];
}

export async function writePost(text: string): Promise<Post> {
  const headers = { "content-type": "application/json" };
  return (await ask("/api/posts", {
    method: "POST",
    headers,
    body: JSON.stringify({ text }),
  })) as Post;
}

async function ask(path: string, options?: RequestInit): Promise<unknown> {
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}
