"""Common first and last names, to be combined at random."""


def _names(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


FIRST_EN = _names(
    "Abigail Adam Alice Amber Andrew Angela Anna Arthur Beth Brian Caleb Carol Catherine Charles "
    "Claire Daniel David Dennis Diana Donald Dorothy Edward Eleanor Emily Eric Ethan Evelyn Faith "
    "Frank Frances Gary George Grace Gregory Hannah Harold Harriet Helen Henry Ian Irene Isaac "
    "Jack Jacob James Janet Jason Jean Jessica Joan John Joseph Judith Julia Karen Keith Kenneth "
    "Laura Leonard Linda Louis Lucy Margaret Mark Martha Martin Mary Matthew Megan Michael Mildred "
    "Nancy Nathan Neil Nicole Noah Nora Oliver Olivia Oscar Pamela Patrick Paul Peter Philip "
    "Rachel Ralph Rebecca Richard Robert Roger Rose Ruth Ryan Samuel Sarah Scott Sharon Simon "
    "Sophie Stephen Susan Teresa Thomas Timothy Tracy Victor Victoria Vincent Walter William"
)
FIRST_ES = _names(
    "Adrián Alba Alejandra Alejandro Alicia Álvaro Amparo Andrea Ángel Antonio Araceli Beatriz "
    "Begoña Belén Camila Carlos Carmen Carolina César Clara Claudia Concepción Cristina Daniela "
    "Diego Eduardo Elena Emilio Enrique Esperanza Esteban Eva Fátima Felipe Fernando Francisca "
    "Gabriela Gonzalo Guadalupe Guillermo Héctor Hugo Ignacio Inés Irene Isabel Iván Jaime Javier "
    "Jimena Jorge José Josefina Juana Julián Laura Leticia Lorena Lucía Luis Manuel Marcos "
    "Margarita María Mario Marta Mateo Mercedes Miguel Mónica Natalia Nicolás Noelia Nuria Óscar "
    "Pablo Paloma Paula Pedro Pilar Rafael Ramón Raquel Raúl Remedios Roberto Rocío Rodrigo Rosa "
    "Rubén Sandra Santiago Sara Sergio Silvia Sofía Susana Teresa Tomás Valeria Vicente Ximena"
)
LAST_EN = _names(
    "Adams Allen Anderson Bailey Baker Barnes Bennett Brooks Brown Butler Campbell Carter Clark "
    "Coleman Collins Cook Cooper Cox Davis Edwards Evans Fisher Foster Gardner Gibson Graham Grant "
    "Gray Green Griffin Hall Hamilton Harris Harrison Hayes Henderson Hill Howard Hughes Hunter "
    "Jackson Jenkins Johnson Jones Kelly Kennedy King Knight Lawson Lee Lewis Marshall Mason "
    "Matthews Miller Mitchell Moore Morgan Morris Murphy Murray Myers Nelson Nichols Palmer Parker "
    "Patterson Payne Perry Peterson Phillips Pierce Porter Powell Price Reed Reynolds Richardson "
    "Riley Roberts Robinson Rogers Ross Russell Sanders Scott Shaw Simmons Smith Spencer Stevens "
    "Stewart Stone Sullivan Taylor Thompson Tucker Turner Walker Wallace Ward Warren Watson Webb "
    "Weaver West Wheeler White Williams Wilson Wood Woods Wright Young"
)
LAST_ES = _names(
    "Aguilar Alonso Álvarez Arroyo Benítez Blanco Bravo Caballero Cabrera Calvo Campos Cano "
    "Carmona Carrasco Castillo Castro Cortés Crespo Cruz Delgado Díaz Díez Domínguez Durán Esteban "
    "Fernández Ferrer Flores Fuentes Gallardo Gallego García Garrido Gil Giménez Gómez González "
    "Guerrero Gutiérrez Hernández Herrera Herrero Hidalgo Ibáñez Iglesias Jiménez León López "
    "Lorenzo Lozano Márquez Marín Martín Martínez Medina Méndez Molina Montero Mora Morales Moreno "
    "Muñoz Navarro Nieto Núñez Ortega Ortiz Parra Pascual Pastor Peña Pérez Prieto Ramírez Ramos "
    "Reyes Rivera Rodríguez Rojas Román Romero Rubio Ruiz Sáez Sánchez Santana Santiago Santos "
    "Serrano Soler Soto Suárez Torres Vargas Vázquez Vega Velasco Vicente Vidal"
)
