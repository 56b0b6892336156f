import { type FormEvent, useEffect, useState } from "react";
import { fetchPosts, type Post, writePost } from "./posts";

export function App() {
  const [posts, setPosts] = useState<readonly Post[]>([]);
  const [problem, setProblem] = useState("");
  const tell = (failure: unknown) => setProblem(String(failure));

  useEffect(() => {
    fetchPosts().then(setPosts, tell);
  }, []);

  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const text = String(new FormData(form).get("text"));
    try {
      const post = await writePost(text);
      setPosts((earlier) => [post, ...earlier]);
      form.reset();
    } catch (failure) {
      tell(failure);
    }
  };

  return (
    <main>
      <h1>DAIRA</h1>
      <form onSubmit={send}>
        <input name="text" aria-label="Post" required maxLength={280} />
        <button>Send</button>
      </form>
      {problem !== "" && <p role="alert">{problem}</p>}
      <ul>
        {posts.map(({ id, text }) => (
          <li key={id}>{text}</li>
        ))}
      </ul>
    </main>
  );
}
