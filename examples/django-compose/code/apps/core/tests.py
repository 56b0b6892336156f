from django.test import TestCase


class Pages(TestCase):
    def test_health_names_the_version(self):
        answer = self.client.get("/health/")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json()["version"], "dev")

    def test_a_lesson_is_counted(self):
        answer = self.client.post("/lessons/", {"title": "Knots"})
        self.assertEqual(answer.json(), {"lessons": 1})
        self.assertEqual(self.client.get("/").json()["lessons"], 1)
