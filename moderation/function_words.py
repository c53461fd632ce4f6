"""Small words whose exact form decides: whom, who will, who asks. Words that no list knows keep their form only if here."""  # noqa: E501

from __future__ import annotations

YOU = frozenset({"ты", "вы", "тебе", "вам", "тебя", "вас"})
YOURS = frozenset(
    "твой твоя твое твои твоего твоей твоих твоим твоими твоем твоему твою"
    " ваш ваша ваше ваши вашего вашей ваших вашим вашими вашему вашем вашу".split()
)
THEM = frozenset("его него ее нее их ним ними им нему ней того тому тех тем".split())
THESE = frozenset("этих этим этому этого этот эти эта эту этой этими таких такого такому это".split())
ALIVE = frozenset("живым живой живыми целым целой целыми невредимым".split())
WILL = frozenset(
    "буду будем пойду пойдем приду придем готов готовы хочу хотим хочется обещаю смогу могу сможем".split()
)
ASKING = frozenset(
    "прошу просим помогите спасибо пожалуйста почините сделайте уберите уважаемые застрахуйте примите".split()
)
PREVENTED = frozenset("не нельзя ни могут может пытался хотел хотели хотят".split())
LIKE = frozenset("как словно будто хуже глупее тупее хитрее ленивее жаднее точно аки".split())
HEAD_ACHE = frozenset("болит боль приложу кружится болела крыши над".split())
# «Пожму руку», «посмотрю в глаза», «возьму в руки»: a future and a part of the body without any threat.
FRIENDLY = frozenset(
    "пожму пожмем поцелую посмотрю посмотрим смотрю поглядим возьму возьмем закрою закроем открою откроем покажу сниму своими"  # noqa: E501
    " пойдем обращусь обратимся встанем пойду приду придем буду будем сижу стою помогу поможем поклонюсь протяну позвоню спрошу"  # noqa: E501
    " спросим скажу".split()
)
SHORT = 3  # words of so few letters always keep their form

KEPT = (
    YOU
    | YOURS
    | THEM
    | THESE
    | ALIVE
    | WILL
    | ASKING
    | PREVENTED
    | LIKE
    | HEAD_ACHE
    | FRIENDLY
    | {"всех", "меня", "мной"}
)
